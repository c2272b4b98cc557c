import type { MatrixUnit } from './matrix-unit.ts';

/** Schedule of matrix products: see `gemm/*.wgsl`. */
export type GemmSchedule = 'tiled' | 'subgroup' | 'register';

/** Groups of four columns that a lane of the subgroup schedule computes. */
export type Quads = 1 | 2;

/** The same for products of 512 channels and columns or more, and for large convolutions and narrower products. */
export interface ProductQuads {
  readonly wide: Quads;
  readonly narrow: Quads;
}

/** Properties of a device that decide which plans it can run. */
export interface GemmLimits {
  readonly gemm: GemmSchedule;
  /** Width of a subgroup where it is the same for every kernel. */
  readonly subgroupWidth: number | undefined;
  /** As `chooseQuads` found; 1 by default. */
  readonly quads?: ProductQuads;
  readonly limits: {
    readonly maxComputeInvocationsPerWorkgroup: number;
    readonly maxComputeWorkgroupSizeX: number;
    readonly maxComputeWorkgroupStorageSize: number;
  };
  /** Shape of one step of the GPU's matrix units, if the device was opened to use them and has them. */
  readonly matrixUnit?: MatrixUnit | undefined;
}
