"""The usual kind of backend, made small: FastAPI, and py-ptsl asked anew for every read."""

import sys
import threading

import uvicorn
from fastapi import FastAPI
from ptsl import Engine
from ptsl import PTSL_pb2 as pt

ptsl_port, http_port = int(sys.argv[1]), int(sys.argv[2])
engine = Engine(company_name="bench", application_name="backend",
                address=f"localhost:{ptsl_port}")
lock = threading.Lock()
app = FastAPI()


@app.get("/api/v1/tracks")
def tracks():
    with lock:
        rows = engine.track_list()
    return {"success": True, "total_count": len(rows), "tracks": [
        {"name": row.name, "id": row.id, "type": pt.TrackType.Name(row.type), "color": row.color,
         "is_muted": row.track_attributes.is_muted, "is_soloed": row.track_attributes.is_soloed}
        for row in rows]}


@app.get("/api/v1/transport/status")
def transport():
    with lock:
        state = engine.transport_state()
    return {"state": str(state)}


@app.get("/api/v1/session/info")
def session():
    with lock:
        return {"session_name": engine.session_name(), "session_path": engine.session_path(),
                "sample_rate": engine.session_sample_rate(),
                "start": engine.session_start_time()}


uvicorn.run(app, host="127.0.0.1", port=http_port, log_level="error")
