// What Vite puts in the place of `import.meta.env` and `import.meta.glob` in apps.

interface ImportMeta {
  readonly env: { readonly COMMIT: string; readonly PROD: boolean };
  glob(
    pattern: string,
    options: { readonly eager: true; readonly import: 'default' },
  ): Record<string, unknown>;
}

declare module '*?worker&url' {
  const url: string;
  export default url;
}
