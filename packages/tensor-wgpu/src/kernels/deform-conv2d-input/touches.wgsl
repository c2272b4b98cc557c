// Which corners of which samples touch each pixel of an image: a list for each pixel and deformable group. Corners are
// numbered sample by sample; those that count nothing are in no list. Linked by the kernels that make the lists.

struct Params { images: u32, samples: u32, deformable_groups: u32, pixels_in: u32 }

fn lists() -> u32 { return params.pixels_in * params.deformable_groups; }
