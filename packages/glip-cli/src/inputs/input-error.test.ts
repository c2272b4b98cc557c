import { ConfigError, PromptError } from '@glip-wgpu/glip-core';
import { DeviceError, ShapeError } from '@glip-wgpu/tensor-wgpu';
import { expect, it } from 'vitest';
import { InputError, isUserError, PictureError } from './input-error.ts';

it('errors in what the user gave are told from failures of the program, by their classes', () => {
  const ofInput = [
    new InputError('no such file'),
    new PictureError('not a picture'),
    new PromptError('caption', 'is empty'),
    new ConfigError('MODEL', 1, 'text'),
    new DeviceError('lost', 'x'), // the machine's, which a stack would not explain
  ];
  expect(ofInput.map(isUserError)).toEqual(ofInput.map(() => true));
  const named = Object.assign(new Error('x'), { name: 'PromptError' });
  const others = [
    named,
    new TypeError('x'),
    new ShapeError('x'),
    new DeviceError('validation', 'x'),
    'x',
    undefined,
  ];
  expect(others.map(isUserError)).toEqual(others.map(() => false));
});
