/** Training data or options of batches that cannot be used. `where` locates it, for example `datasets[1].weight`. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly where: string;

  constructor(where: string, message: string, options?: ErrorOptions) {
    super(`training data: ${where} ${message}`, options);
    this.where = where;
  }
}
