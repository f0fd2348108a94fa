import dimse from 'dcmjs-dimse';

/**
 * The library for DIMSE, which would print every association with its names to the console. This is the only import of it.
 */
dimse.log.setLevel('silent');
dimse.Implementation.setImplementationVersion('COHORTIUM_1');

export { dimse };
