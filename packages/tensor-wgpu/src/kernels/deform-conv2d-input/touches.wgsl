// Lists of the corners of samples that touch each pixel of an image, one for each pixel and deformable group. Corners
// are numbered sample by sample; those of weight 0 are in no list. Linked by the kernels that make the lists.

struct Params { images: u32, samples: u32, deformable_groups: u32, pixels_in: u32 }

fn lists() -> u32 { return params.pixels_in * params.deformable_groups; }
