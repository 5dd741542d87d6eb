/** See `CircuitBreaker`. */
export type BreakerState = 'closed' | 'open' | 'slow' | 'half-open';
