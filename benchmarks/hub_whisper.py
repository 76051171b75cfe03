"""A class that writes with Whisper, of which KerasHub publishes the backbone and no task."""

# Keras publishes no types, and is imported when it is asked:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

from typing import Any

__all__ = ["whisper_writer"]


def whisper_writer() -> Any:
    """The class: its decoder's layers take the caches that BART's do, and are called likewise."""
    import keras

    class WhisperWriter(keras.Model):  # type: ignore[misc]  # Keras publishes no types
        def __init__(self, backbone: Any, **_: Any) -> None:
            written = backbone.output["decoder_sequence_output"]
            logits = backbone.token_embedding(written, reverse=True)
            super().__init__(inputs=backbone.input, outputs=logits)
            self.backbone = backbone

        def call_encoder(self, features: Any) -> Any:
            model = self.backbone
            read = model.output["encoder_sequence_output"]
            return keras.Model(model.input["encoder_features"], read)(features)

        def _initialize_cache(self, encoder_features: Any, decoder_token_ids: Any) -> Any:
            model = self.backbone
            heads = model.num_heads, model.hidden_dim // model.num_heads
            # The second of the encoder's convolutions has strides of 2.
            for length in (decoder_token_ids.shape[1], encoder_features.shape[1] // 2):
                shape = (1, model.num_layers, 2, length, *heads)
                yield keras.ops.zeros(shape, dtype=self.compute_dtype)

        def call_decoder_with_cache(
            self,
            *,
            encoder_hidden_states: Any,
            decoder_token_ids: Any,
            self_attention_cache: Any,
            self_attention_cache_update_index: Any,
            cross_attention_cache: Any,
        ) -> tuple[Any, ...]:
            model, index = self.backbone, self_attention_cache_update_index
            x = model.decoder_embeddings(decoder_token_ids, start_index=index)
            caches = []
            for i, layer in enumerate(model.decoder_transformer_layers):
                x, cache, _ = layer(
                    x,
                    encoder_hidden_states,
                    self_attention_cache=self_attention_cache[:, i],
                    self_attention_cache_update_index=index,
                    cross_attention_cache=cross_attention_cache[:, i],
                )
                caches.append(cache)
            x = model.decoder_layer_norm(x)
            logits = model.token_embedding(x, reverse=True)
            return logits, x, keras.ops.stack(caches, axis=1), cross_attention_cache

    return WhisperWriter
