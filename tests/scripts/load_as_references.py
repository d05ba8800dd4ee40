"""For end_to_end/test_models.py, in a process of its own: load published models as their references say."""

import json
import sys
from pathlib import Path

import numpy as np
from transformers import AutoModelForTokenClassification, AutoTokenizer, TextClassificationPipeline, pipeline

answers = {}

# OpenAlex topics: no task, no remote code.
title, abstract = "From Louvain to Leiden", "Community detection is often used to understand the structure of networks."
classifier = pipeline(model="rehearsal/openalex-topics", top_k=10)
answers["openalex"] = classifier(f"<TITLE> {title}\n<ABSTRACT> {abstract}")


# ASJC subjects: a user's own subclass, in the manner of the reference's card.
class TextClassificationPipelineMultiLabel(TextClassificationPipeline):
    def __init__(self, *args, **kwargs):
        self.threshold = kwargs.pop("threshold", None)
        super().__init__(*args, **kwargs)
        if self.threshold is None:
            self.threshold = self.model.config.threshold

    def postprocess(self, outputs):
        scores = 1 / (1 + np.exp(-outputs["logits"][0].numpy()))
        chosen = [number for number, score in enumerate(scores) if score >= self.threshold]
        return [{"label": self.model.config.id2label[i], "score": float(scores[i])} for i in chosen]


text = "title={Dose optimization}, container_title={Frontiers in Pharmacology}, abstract={}"
theirs = pipeline(
    task="text-classification", model="rehearsal/asjc-subjects", pipeline_class=TextClassificationPipelineMultiLabel
)
(answers["asjc"],) = theirs([text])
answers["asjc_threshold"], answers["asjc_config_threshold"] = theirs.threshold, theirs.model.config.threshold

# SciERC entities: the Auto classes, then the pipeline.
tokenizer = AutoTokenizer.from_pretrained("rehearsal/scierc-entities")
model_trf = AutoModelForTokenClassification.from_pretrained("rehearsal/scierc-entities")
nlp = pipeline("ner", model=model_trf, tokenizer=tokenizer, aggregation_strategy="average")
spans = nlp("We train a convolutional network for image retrieval.")
answers["scierc"] = [{**span, "score": float(span["score"])} for span in spans]

# The decision as remote code: records and strings, one and many.
ours = pipeline(model="rehearsal/asjc-subjects", trust_remote_code=True)
record = {"title": "Dose optimization", "container_title": "Frontiers in Pharmacology"}
answers["asjc_ours"] = answers["string"] = ours(text)
answers["record"] = ours(record)
answers["top_3"], answers["threshold"] = ours(record, top_k=3), ours(record, threshold=0.05)
answers["parents"] = ours(record, parents=True)
hundred = [
    {"title": f"Title number {n} " + "of a study " * (n % 17), "abstract": "word " * (n % 41)} for n in range(100)
]
answers["hundred_single"] = [ours(one, top_k=46) for one in hundred]
answers["hundred_by_32"] = ours(hundred, top_k=46)
answers["hundred_by_7"] = ours(hundred, top_k=46, batch_size=7)
answers["long"] = ours("a" * 50_000 + " word" * 10_000)
answers["odd"] = {}
for name, given in {
    "empty string": "",
    "empty record": {},
    "unknown field": {"titel": "Dose optimization"},
    "none": None,
    "none in a list": [text, None],
}.items():
    try:
        answers["odd"][name] = repr(ours(given))
    except ValueError as error:
        answers["odd"][name] = str(error)

# Yes or no by a tuned threshold.
texts = ["Small language models read abstracts.", "A note on quark masses.", "Screening reviews with language models."]
answers["arxiv"] = pipeline(model="rehearsal/arxiv-interest", trust_remote_code=True)(texts)
answers["arxiv_stock"] = pipeline("text-classification", model="rehearsal/arxiv-interest", top_k=None)(texts)

Path(sys.argv[1]).write_text(json.dumps(answers), encoding="utf-8")
