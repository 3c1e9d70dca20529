// The end of an event hub that senders speak to, over real AMQP 1.0: it takes their tokens, opens their links, and keeps what
// they send.
import type { Server } from 'node:net'
import rhea, { type Connection, type EventContext, type Message, type Sender } from 'rhea'

export type HubEvent = { partitionKey: string; messageId: string; contentType: string; body: string }

export type AmqpHub = {
  /** As the client library takes it for a hub on this machine. */
  connection: string
  events: HubEvent[]
  close(): Promise<void>
}

const PARTITION_KEY = 'x-opt-partition-key'
const MAX_MESSAGE_BYTES = 1024 * 1024

export async function startAmqpHub({ port, hub }: { port: number; hub: string }): Promise<AmqpHub> {
  const container = rhea.create_container({ id: 'hub' })
  const connections = new Set<Connection>()
  const events: HubEvent[] = []
  container.on('connection_open', ({ connection }: EventContext) => connections.add(connection))
  container.on('disconnected', ({ connection }: EventContext) => connections.delete(connection))
  // Replies go to the link that the client opened for them.
  container.on('sender_open', ({ sender }: EventContext) => {
    sender?.set_source(sender.source)
    sender?.set_target(sender.target)
  })
  container.on('receiver_open', ({ receiver }: EventContext) => {
    receiver?.set_target({ address: receiver.target.address ?? '' })
  })
  container.on('message', ({ receiver, connection, message, delivery }: EventContext) => {
    const address = receiver?.target.address
    if (message === undefined) return
    if (address === '$cbs') authorize(connection, message)
    else if (address === hub) events.push(...eventsIn(message as unknown as Buffer))
    delivery?.accept()
  })
  const links = { receiver_options: { max_message_size: MAX_MESSAGE_BYTES } }
  const server = container.listen({ port, host: '127.0.0.1', ...links }) as Server
  await new Promise<void>((resolve) => server.once('listening', () => resolve()))
  return {
    connection: `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=test;SharedAccessKey=test;UseDevelopmentEmulator=true`,
    events,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const { socket } of connections) socket.destroy(new Error('the hub is gone'))
      await closed
    },
  }
}

/** Claims-based security: a token is put, and answered on the link that the request names. */
function authorize(connection: Connection, { message_id, reply_to }: Message): void {
  connection.each_sender((sender: Sender) => {
    if (sender.source.address !== '$cbs') return
    sender.send({
      correlation_id: message_id,
      to: reply_to,
      body: '',
      application_properties: { 'status-code': 202, 'status-description': 'Accepted' },
    } as Message)
  })
}

/** Batches have a format of their own, which comes as bytes: a message whose data sections are whole messages. */
function eventsIn(batch: Buffer): HubEvent[] {
  const { message_annotations: annotations, body } = decoded(batch)
  const { content } = body as { content: Buffer | Buffer[] }
  return (Array.isArray(content) ? content : [content]).map((bytes) => {
    const event = decoded(bytes)
    return {
      partitionKey: String(annotations?.[PARTITION_KEY]),
      messageId: String(event.message_id),
      contentType: String(event.content_type),
      body: String((event.body as { content: Buffer }).content),
    }
  })
}

function decoded(bytes: Buffer): Message {
  return rhea.message.decode(bytes) as unknown as Message
}
