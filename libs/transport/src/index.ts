export type {
  BrokerLink,
  ConsumeOptions,
  Consumption,
  ConsumerSpec,
  Delivery,
  LinkOptions,
  LinkStatus,
  StreamLimits,
  TransportLog,
} from './types.js';
export { transportErrors } from './errors.js';
