export { KafkaProducer, type ProducerInterceptor, type ProducerOptions, type ProducerRecord } from "../../chapters/04-sender/given/index.ts";
