/**
 * Unrolls the loops of WGSL over `i` up to a named constant that follow a comment `// unrolled`. Drivers that keep an
 * array in memory unless its indices are constant become much faster, at the cost of compiling the copies.
 */
export function unroll(wgsl: string, name: string, count: number): string {
  const loop = new RegExp(
    `( *)// unrolled\\n *for \\(var i = 0u; i < ${name}; i\\+\\+\\) \\{\\n([^]*?)\\n\\1\\}`,
    'g',
  );
  const copy = (indent: string, body: string, i: number): string =>
    `${indent}{\n${indent}  const i = ${i}u;\n${body}\n${indent}}`;
  return wgsl.replace(loop, (_, indent: string, body: string) =>
    Array.from({ length: count }, (_, i) => copy(indent, body, i)).join('\n'),
  );
}
