// What the packages' own `imports` lead to, which depends on the platform and, in a fresh clone, is not built yet.

declare module '#gpu' {
  export function platformGpu(): Promise<GPU | undefined>;
}

declare module '#plans' {
  export function processor(): string;
  export function vectorRegisters(): Promise<number | undefined>;
  export function readPlans(): Promise<string | undefined>;
  export function writePlans(text: string): Promise<void>;
}
