/** Text that every workflow bundle with our interceptors has in it, and no other: how one that was made without them is recognised. */
export const BUNDLE_SENTINEL = 'everspan/workflow-interceptors@1';
