// erf of each component, within 3e-7: a rational minimax fit on [-4, 4], beyond which f32 rounds to 1.
fn erf4(value: vec4f) -> vec4f {
  let x = clamp(value, vec4f(-4.0), vec4f(4.0));
  let t = x * x;
  var p = fma(t, vec4f(-2.72614225801306e-10), vec4f(2.77068142495902e-8));
  p = fma(t, p, vec4f(-2.10102402082508e-6));
  p = fma(t, p, vec4f(-5.69250639462346e-5));
  p = fma(t, p, vec4f(-7.34990630326855e-4));
  p = fma(t, p, vec4f(-2.95459980854025e-3));
  p = fma(t, p, vec4f(-1.60960333262415e-2));
  var q = fma(t, vec4f(-1.45660718464996e-5), vec4f(-2.13374055278905e-4));
  q = fma(t, q, vec4f(-1.68282697438203e-3));
  q = fma(t, q, vec4f(-7.37332916720468e-3));
  q = fma(t, q, vec4f(-1.42647390514189e-2));
  return x * p / q;
}
