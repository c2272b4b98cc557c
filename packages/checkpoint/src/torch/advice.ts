// Lines of Python that make a file readable here. They run PyTorch's own loader, so each says "where you trust the file".

const load = 'torch.load(PATH, map_location="cpu", weights_only=False)';

/** Advice for a file of an older form, or of another pickle protocol. */
export const SAVE_AGAIN = `Where you trust the file, save it again with PyTorch 1.6 or later: torch.save(${load}, NEW)`;

/** Advice for a program of torch.jit.save. */
export const SAVE_TORCHSCRIPT =
  'Where you trust the file, save its weights: torch.save(torch.jit.load(PATH, map_location="cpu").state_dict(), NEW)';

/** Advice for a file of pickle.dump. */
export const SAVE_PICKLED =
  'Where you trust the file, and if it is a dictionary of arrays: torch.save({k: torch.as_tensor(v) for k, v in pickle.load(open(PATH, "rb")).items()}, NEW)';

/** Advice for a file with something else among its weights, which lie under a key or at the top. */
export function saveWeights(key?: string): string {
  return `Where you trust the file, save its tensors alone: torch.save({k: v.detach().contiguous() for k, v in ${at(key)}.items() if torch.is_tensor(v)}, NEW)`;
}

/** Advice for a file whose weights are in a form that is not read: quantized, sparse, or of another element type. */
export function saveFloats(key?: string): string {
  return `Where you trust the file, save its tensors as floats: torch.save({k: v.detach().to_dense().dequantize().float().contiguous() for k, v in ${at(key)}.items() if torch.is_tensor(v)}, NEW)`;
}

/** Advice for a file that holds a whole module, not its weights. */
export function saveModule(key?: string): string {
  return `Where you trust the file and have its code, save its weights: torch.save(${at(key)}.state_dict(), NEW)`;
}

function at(key: string | undefined): string {
  return key === undefined ? load : `${load}[${JSON.stringify(key)}]`;
}
