using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace ModelOps.Serve;

/// <summary>Server-sent events: <c>data: …</c> and an empty line for each.</summary>
internal sealed class EventStream
{
    private readonly HttpContext _context;
    private readonly PipeWriter _body;

    public EventStream(HttpContext context)
    {
        _context = context;
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        _body = context.Response.BodyWriter;
    }

    /// <param name="flush">Sends what was written; a reader that is behind gets several at once.</param>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, bool flush = true)
    {
        Append("data: "u8);
        Append(data.Span);
        Append("\n\n"u8);
        if (flush)
        {
            await _body.FlushAsync(_context.RequestAborted).ConfigureAwait(false);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_body.GetSpan(bytes.Length));
        _body.Advance(bytes.Length);
    }
}
