"""A model behind FastAPI, as the documentation of FastAPI and PyTorch has it. Infer requests with one input in JSON.

usage: fastapi_server.py WEIGHTS.safetensors
"""
import json
import socket
import struct
import sys
from typing import List

import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Input(BaseModel):
    name: str
    datatype: str
    shape: List[int]
    data: List[int]


class InferRequest(BaseModel):
    inputs: List[Input]


def weights(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        values = bytearray(file.read())
    return {
        name: torch.frombuffer(values, dtype=torch.float32, offset=entry["data_offsets"][0], count=(entry["data_offsets"][1] - entry["data_offsets"][0]) // 4).reshape(entry["shape"])
        for name, entry in header.items() if name != "__metadata__"
    }


class Linear(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(784, 10)

    def forward(self, x):
        return self.fc(x.flatten(1))


torch.set_num_threads(1)
model = Linear()
model.load_state_dict(weights(sys.argv[1]))
model.eval()
app = FastAPI()


@app.post("/v2/models/{name}/infer")
async def infer(name: str, request: InferRequest):
    pixels = request.inputs[0]
    with torch.inference_mode():
        x = torch.tensor(pixels.data, dtype=torch.uint8).reshape(pixels.shape)
        logits = model(x.permute(0, 3, 1, 2).to(torch.float32) / 255)
        results = {"logits": logits, "probabilities": logits.softmax(1)}
    return {
        "model_name": name,
        "outputs": [{"name": key, "datatype": "FP32", "shape": list(value.shape), "data": value.flatten().tolist()} for key, value in results.items()],
    }


listener = socket.create_server(("127.0.0.1", 0))
print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])
