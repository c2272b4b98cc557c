/** A command that cannot be followed as given; the message says what is wrong and what to do. */
export class InputError extends Error {
  override name = 'InputError';
}
