import type { DownMessage } from '@cohortium/contracts';
import { isAppError } from '@cohortium/kernel';
import type { Message } from '@cohortium/transport';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Computer } from '../compute/computer.js';
import { WitnessDesk } from '../ledger/witness-desk.js';
import type { SiteLog } from '../log.js';
import { errorFields } from '../own-errors.js';
import { Review } from '../review/review.js';
import { MaskingDesk } from '../masking/desk.js';
import type { Provenance } from '../provenance/provenance.port.js';
import { provenance, siteLog } from '../tokens.js';
import { PartStore } from './part-store.js';
import { Tasks } from './tasks.js';

type Down<Type extends DownMessage['type']> = Message<Extract<DownMessage, { readonly type: Type }>>;

/** What a coordinator may send to a site, one handler a type. A handler that throws has the message delivered again. */
@Controller()
export class ExchangeController {
  constructor(
    private readonly review: Review,
    private readonly tasks: Tasks,
    private readonly desk: MaskingDesk,
    private readonly parts: PartStore,
    private readonly computer: Computer,
    private readonly witness: WitnessDesk,
    @Inject(provenance) private readonly provenance: Provenance,
    @Inject(siteLog) private readonly log: SiteLog,
  ) {}

  @EventPattern('protocol')
  async protocol(@Payload() { header }: Down<'protocol'>): Promise<void> {
    await this.review.offered(header);
  }

  @EventPattern('chunk')
  chunk(@Payload() { header, body }: Down<'chunk'>): void {
    try {
      this.parts.add(header, body);
    } catch (error) {
      // A chunk that contradicts itself is dropped: the coordinator sends the content again when no answer comes.
      if (!isAppError(error)) throw error;
      this.log.warn({ event: 'chunk-refused', ...errorFields(error) });
    }
  }

  @EventPattern('total')
  async total(@Payload() { header, body }: Down<'total'>): Promise<void> {
    await this.provenance.told(header, body);
  }

  @EventPattern('task')
  async task(@Payload() { header, body }: Down<'task'>): Promise<void> {
    await this.tasks.handle(header, body);
  }

  @EventPattern('witness')
  async witnessed(@Payload() { header }: Down<'witness'>): Promise<void> {
    await this.witness.handle(header);
  }

  @EventPattern('maskingRequest')
  async maskingRequest(@Payload() { header }: Down<'maskingRequest'>): Promise<void> {
    await this.desk.handle(header);
  }

  @EventPattern('runClosed')
  async runClosed(@Payload() { header }: Down<'runClosed'>): Promise<void> {
    await this.tasks.closeRun(header.run);
    await this.parts.closeRun(header.run);
    await this.provenance.closeRun(header.run);
    await this.computer.forgetParts();
    this.log.info({ event: 'run-closed', run: header.run, state: header.state });
  }
}
