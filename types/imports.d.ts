// What the packages' own `imports` lead to, which depends on the platform and, in a fresh clone, is not built yet.

declare module '#gpu' {
  export function platformGpu(): Promise<GPU | undefined>;
}
