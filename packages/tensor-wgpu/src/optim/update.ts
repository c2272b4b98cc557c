import wgsl from './update.wgsl';

/** All of an update kernel but its name and the rule, which goes in front of `wgsl`. */
export const UPDATE = {
  wgsl: [wgsl],
  reads: ['numbers', 'gradient0', 'gradient1', 'gradient2'],
  writes: ['parameter0', 'parameter1', 'parameter2', 'state'],
  params: {
    quads: 'u32',
    end0: 'u32',
    end1: 'u32',
    learning_rate0: 'f32',
    learning_rate1: 'f32',
    learning_rate2: 'f32',
    decay0: 'f32',
    decay1: 'f32',
    decay2: 'f32',
  },
  invocations: ({ quads }: { readonly quads: number }) => quads,
} as const;
