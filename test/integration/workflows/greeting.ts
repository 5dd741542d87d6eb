export function greetingOf(name: string): string {
  return `Hello, ${name}`;
}
