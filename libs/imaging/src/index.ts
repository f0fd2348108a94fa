export type { Geometry, RoiMask, Volume, VoxelArray } from './volume.js';
