"""The custom pipeline of the sample folder; it only has to parse."""

from transformers import TextClassificationPipeline

from .wording import word


class ConferencePipeline(TextClassificationPipeline):
    def preprocess(self, inputs, **kwargs):
        return super().preprocess(word(inputs), **kwargs)
