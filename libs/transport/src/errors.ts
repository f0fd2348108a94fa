import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const transportErrors = defineErrors({
  'TRANSPORT.UNREACHABLE': {
    exit: 5,
    en: {
      what: 'The message broker at {servers} cannot be reached ({reason}); waited {waitedMs, number} ms to {purpose}.',
      next: 'Check that nats-server runs, that address and port are right and that no firewall is in between. Nothing was lost: it is safe to try again.',
    },
    zh: {
      what: '无法连接消息服务器 {servers}（{reason}）；为“{purpose}”已等待 {waitedMs, number} 毫秒。',
      next: '请确认 nats-server 正在运行、地址和端口正确且未被防火墙阻断。没有数据丢失，可以放心重试。',
    },
  },
  'TRANSPORT.UNAUTHORIZED': {
    exit: 3,
    en: {
      what: 'The message broker at {servers} does not know the key of "{name}".',
      next: 'Enroll this key (cohortium provision), let the broker reload its configuration, and start again.',
    },
    zh: {
      what: '消息服务器 {servers} 不认识“{name}”的密钥。',
      next: '请登记该密钥（cohortium provision），让消息服务器重新加载配置后再启动。',
    },
  },
  'TRANSPORT.REJECTED': {
    exit: 3,
    en: {
      what: 'The message broker refused to {purpose} on {subject}: {reason}.',
      next: 'A permission or a limit of the broker forbids it. Compare with deploy/nats/README.md.',
    },
    zh: {
      what: '消息服务器拒绝在 {subject} 上执行“{purpose}”：{reason}。',
      next: '消息服务器的权限或上限不允许此操作，请对照 deploy/nats/README.md。',
    },
  },
  'TRANSPORT.BAD_KEY': {
    exit: 2,
    en: {
      what: 'A broker key cannot be read: {reason}.',
      next: 'Use the seed file that provisioning wrote, unchanged; never paste it anywhere.',
    },
    zh: { what: '无法读取消息服务器密钥：{reason}。', next: '请使用配置时写入的种子文件，不要改动，也不要粘贴到别处。' },
  },
  'TRANSPORT.BAD_CONFIG': {
    exit: 2,
    en: { what: 'The broker configuration cannot be written: {reason}.', next: 'Correct the value named above.' },
    zh: { what: '无法生成消息服务器配置：{reason}。', next: '请改正上述值。' },
  },
  'TRANSPORT.NO_HANDLER': {
    exit: 1,
    en: {
      what: 'No handler is registered for messages of the type "{type}".',
      next: 'The message stays in the stream and is repeated; it is handled once a release that knows the type runs. Compare the versions of coordinator and site.',
    },
    zh: {
      what: '没有处理“{type}”类型消息的程序。',
      next: '该消息保留在流中并会重发；安装支持该类型的版本后即可处理。请对照协调方与中心的版本。',
    },
  },
  'TRANSPORT.PLAIN_BROKER': {
    exit: 2,
    en: {
      what: 'The message broker {server} is on another machine and would be reached without encryption.',
      next: 'Use tls://HOST:PORT with the certificate of the private CA ("cohortium provision tls"; COHORTIUM_NATS_CA_FILE). See deploy/nats/README.md.',
    },
    zh: {
      what: '消息服务器 {server} 位于另一台机器，且连接未加密。',
      next: '请使用 tls://主机:端口 及私有 CA 证书（“cohortium provision tls”；COHORTIUM_NATS_CA_FILE）。见 deploy/nats/README.md。',
    },
  },
});
