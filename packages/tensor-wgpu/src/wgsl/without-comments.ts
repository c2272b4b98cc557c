const COMMENT = /\/\/[^\n]*|\/\*/g;
const NESTED = /\/\*|\*\//g;

/** WGSL without its comments; those between slashes and stars may hold others, as WGSL allows. Lines keep their numbers. */
export function withoutComments(wgsl: string): string {
  let code = '';
  let depth = 0;
  let at = 0;
  while (at < wgsl.length) {
    const pattern = depth > 0 ? NESTED : COMMENT;
    pattern.lastIndex = at;
    const found = pattern.exec(wgsl);
    const text = wgsl.slice(at, found?.index);
    code += depth > 0 ? text.replace(/[^\n]/g, '') : text;
    if (!found) break;
    if (found[0] === '/*') depth += 1;
    if (found[0] === '*/') depth -= 1;
    at = found.index + found[0].length;
  }
  return code;
}
