// A corner of one image, and the list that it is in.
struct Corner { exists: bool, image: u32, number: u32, list: u32 }

fn corner_at(index: u32) -> Corner {
  let each = 4u * params.samples * params.deformable_groups;
  let image = index / each;
  if image >= params.images || weights[index] == 0.0 { return Corner(); }
  let part = index / 4u % params.deformable_groups;
  let sample = index % each / 4u / params.deformable_groups;
  return Corner(true, image, 4u * sample + index % 4u, pixels[index] * params.deformable_groups + part);
}
