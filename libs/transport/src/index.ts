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
export { createNkey, isUserNkey, publicNkey } from './nkeys.js';
export type { Nkey } from './nkeys.js';
export { brokerConfig } from './broker-config.js';
export type { BrokerConfigOptions } from './broker-config.js';
export { assertEncrypted, isLoopback } from './broker-address.js';
export { connectLink } from './link.js';
export { JetStreamServer, MessageContext } from './jetstream-server.js';
export type { JetStreamServerOptions, KeptHeader, Message } from './jetstream-server.js';
