using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ModelOps.Serve;

/// <summary>A body of JSON, and refusals.</summary>
internal static class JsonResponse
{
    public static async Task WriteAsync(HttpContext context, int status, byte[] json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = json.Length;
        await context.Response.BodyWriter.WriteAsync(json, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Under way, only the stream itself can say so: an event that clients raise as an error, and no <c>[DONE]</c>.</summary>
    public static async Task WriteAsync(HttpContext context, ApiError error)
    {
        byte[] json = ChatJson.Bytes(error.Write);
        if (context.Response.HasStarted)
        {
            await new LateEvent(context).WriteAsync(json).ConfigureAwait(false);
            return;
        }

        if (error.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (error.Allow is { } methods)
        {
            context.Response.Headers.Allow = methods;
        }

        if (error.Status == 401)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        await WriteAsync(context, error.Status, json).ConfigureAwait(false);
    }

    private sealed class LateEvent(HttpContext context)
    {
        public async Task WriteAsync(byte[] json)
            => await context.Response.BodyWriter.WriteAsync((byte[])[.. "data: "u8, .. json, .. "\n\n"u8], context.RequestAborted).ConfigureAwait(false);
    }
}
