/**
 * Writes out the loops of WGSL over `i` below a named constant that stand behind a comment `// unrolled`: drivers that
 * keep an array in memory where an index is no constant gain much by it, and pay with the time to compile the copies.
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
