/** True if a text holds YOLO's lines of numbers, not a caption. */
export function isLabelLine(text: string): boolean {
  return /^\s*\d+(\s+-?[\d.]+(e-?\d+)?){4,}\s*$/m.test(text);
}
