/** Invalid ground truth. `where` locates it, for example `images[1].boxes`. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly where: string;

  constructor(where: string, message: string) {
    super(`targets: ${where} ${message}`);
    this.where = where;
  }
}

/** Invalid training plan. `field` locates it, for example `phases[1].steps`. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(`training plan: ${field} ${message}`);
    this.field = field;
  }
}
