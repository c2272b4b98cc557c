/** Invalid ground truth. `where` locates it, for example `images[1].boxes`. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly where: string;

  constructor(where: string, message: string) {
    super(`targets: ${where} ${message}`);
    this.where = where;
  }
}
