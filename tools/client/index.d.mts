export { KafkaProducer, type ProducerInterceptor, type ProducerOptions, type ProducerRecord } from "../../solutions/04-sender/index.ts";
