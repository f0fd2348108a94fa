import { combat } from './harmonization/combat.method.js';
import type { AnyMethod } from './method.js';
import { moments } from './moments.method.js';
import { glm } from './regression/glm.method.js';

const all: readonly AnyMethod[] = [combat, glm, moments];

/** Every method of this release by name. A new method is one line here. */
export const methods: ReadonlyMap<string, AnyMethod> = new Map(all.map((method) => [method.name, method]));
