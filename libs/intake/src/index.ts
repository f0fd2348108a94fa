export { intakeErrors } from './errors.js';
