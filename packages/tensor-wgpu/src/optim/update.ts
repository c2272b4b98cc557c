import { defineKernel } from '../kernel.ts';
import wgsl from './update.wgsl';

const UPDATE = {
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

/** The update kernel of an optimizer. @param rule  its WGSL, which goes in front of `update.wgsl` */
export const defineUpdate = (name: string, rule: string) =>
  defineKernel({ name, ...UPDATE, wgsl: [rule, wgsl] });
