import { ShapeError } from '../errors.ts';
import { unscoped } from '../scope.ts';
import { record } from '../tape.ts';
import { type Shape, sizeOf, Tensor } from '../tensor.ts';

/**
 * The same elements under another shape: a view, no copy.
 *
 * @throws ShapeError if the sizes differ, or if x is q8 and its last axis changes, along which scales are shared
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sizeOf(shape) !== x.size) throw new ShapeError(`reshape: [${x.shape}] and [${shape}] differ in size`);
  if (x.disposed) throw new ShapeError(`reshape: tensor [${x.shape}] was disposed`);
  if (x.dtype === 'q8' && x.shape.at(-1) !== shape.at(-1)) {
    throw new ShapeError(`reshape: [${x.shape}] is q8, whose last axis cannot change to make [${shape}]`);
  }
  const y = new Tensor(x.device, shape, x.dtype, x.storage);
  return record(y, [x], [], (dy) => [reshape(dy, x.shape)]);
}

/** A view that no open scope disposes: for tensors that are kept for later. The caller disposes it. */
export function keep(x: Tensor): Tensor {
  return unscoped(() => new Tensor(x.device, x.shape, x.dtype, x.storage));
}
