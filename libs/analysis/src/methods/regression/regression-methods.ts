import type { AnyMethod } from '../method.js';
import { glm } from './glm.method.js';
import { glmnet } from './glmnet.method.js';
import { mixedLogistic } from './mixed-logistic.method.js';
import { multinomial } from './multinomial.method.js';
import { ordinal } from './ordinal.method.js';

/** Regression over secure sums: generalized linear, mixed, multinomial and ordinal models. */
export const regressionMethods: readonly AnyMethod[] = [glm, glmnet, mixedLogistic, multinomial, ordinal];
