import { indexToPatient, patientToIndex, voxelCount } from '@cohortium/imaging';
import type { Geometry } from '@cohortium/imaging';
import type { Breast } from './breast.js';

/** What is true in every voxel of a grid; arrays in the order of voxels. */
export interface ParameterMaps {
  readonly geometry: Geometry;
  /** Water protons by volume, relative to pure water. */
  readonly water: Float64Array;
  /** Share of fat by volume. */
  readonly fat: Float64Array;
  /** Relaxation times of the water before contrast. */
  readonly t1Ms: Float64Array;
  readonly t2Ms: Float64Array;
  readonly ktransPerMin: Float64Array;
  readonly ve: Float64Array;
  readonly vp: Float64Array;
  /** 10^-6 mm^2/s. */
  readonly adc: Float64Array;
  /** Number of the lesion from 1, else 0: a voxel whose center lies below the surface. Each lesion has at least the voxel of its center. */
  readonly lesion: Uint8Array;
}

/**
 * Samples a breast at the centers of a grid.
 * @param centerMm where the center of the breast's own axes lies in patient space; its axes are those of the patient
 */
export function sampleBreast(breast: Breast, geometry: Geometry, centerMm: readonly [number, number, number]): ParameterMaps {
  const count = voxelCount(geometry);
  const array = () => new Float64Array(count);
  const maps = {
    geometry, water: array(), fat: array(), t1Ms: array(), t2Ms: array(), ktransPerMin: array(), ve: array(), vp: array(), adc: array(),
    lesion: new Uint8Array(count),
  }; // prettier-ignore
  const origin = indexToPatient(geometry, [0, 0, 0]);
  const step = ([i, j, k]: readonly [number, number, number]) => {
    const to = indexToPatient(geometry, [i, j, k]);
    return [to[0] - origin[0], to[1] - origin[1], to[2] - origin[2]] as const;
  };
  const [di, dj, dk] = [step([1, 0, 0]), step([0, 1, 0]), step([0, 0, 1])];
  const [x0, y0, z0] = [origin[0] - centerMm[0], origin[1] - centerMm[1], origin[2] - centerMm[2]];
  const [ni, nj, nk] = geometry.dimensions;
  const { place } = breast;
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) {
        breast.look(x0 + i * di[0] + j * dj[0] + k * dk[0], y0 + i * di[1] + j * dj[1] + k * dk[1], z0 + i * di[2] + j * dj[2] + k * dk[2]);
        maps.water[at] = place.water;
        maps.fat[at] = place.fat;
        maps.t1Ms[at] = place.t1Ms;
        maps.t2Ms[at] = place.t2Ms;
        maps.ktransPerMin[at] = place.ktransPerMin;
        maps.ve[at] = place.ve;
        maps.vp[at] = place.vp;
        maps.adc[at] = place.adc;
        maps.lesion[at] = place.lesion;
      }
  breast.lesionCenters.forEach((center, n) => {
    if (!maps.lesion.includes(n + 1))
      maps.lesion[
        nearestVoxel(
          geometry,
          center.map((x, axis) => x + (centerMm[axis] as number)),
        )
      ] = n + 1;
  });
  return maps;
}

/** The voxel of a place in patient space, or the nearest one of a grid that does not reach there. */
function nearestVoxel(geometry: Geometry, position: readonly number[]): number {
  const index = patientToIndex(geometry, position as unknown as readonly [number, number, number]);
  const [i, j, k] = index.map((place, axis) => Math.min((geometry.dimensions[axis] as number) - 1, Math.max(0, Math.round(place)))) as [
    number,
    number,
    number,
  ];
  return i + geometry.dimensions[0] * (j + geometry.dimensions[1] * k);
}
