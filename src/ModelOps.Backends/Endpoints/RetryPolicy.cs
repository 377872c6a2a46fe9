using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace ModelOps.Backends.Endpoints;

/// <summary>Which failures are worth another attempt, and when: what the server says, else 0.5 s doubling to 8 s with up to a quarter less by chance.</summary>
internal static class RetryPolicy
{
    /// <summary>A server that asks for more patience than this is taken to be gone.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(0.5), s_last = TimeSpan.FromSeconds(8);

    public static bool IsTransient(HttpResponseMessage response)
        => First(response.Headers, "x-should-retry") switch
        {
            "true" => true,
            "false" => false,
            _ => response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict or (HttpStatusCode)425 or HttpStatusCode.TooManyRequests
                || (int)response.StatusCode >= 500,
        };

    /// <param name="attempt">From 0: the one that failed.</param>
    /// <param name="jitter">0 to 1.</param>
    public static TimeSpan Backoff(int attempt, double jitter)
    {
        double seconds = Math.Min(s_first.TotalSeconds * Math.Pow(2, attempt), s_last.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (1 - (0.25 * jitter)));
    }

    /// <summary>What the server asks for: <c>retry-after-ms</c>, or <c>Retry-After</c> in seconds or as a date; null when it says nothing that can be read.</summary>
    public static TimeSpan? Asked(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (First(headers, "retry-after-ms") is { } milliseconds && Number(milliseconds) is { } ms)
        {
            return TimeSpan.FromMilliseconds(ms);
        }

        if (First(headers, "Retry-After") is not { } text)
        {
            return null;
        }

        return Number(text) is { } seconds ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? Positive(date - now)
            : null;
    }

    /// <summary>How long nothing should be sent after an answer, by <c>x-ratelimit-remaining-*</c> and <c>x-ratelimit-reset-*</c>; zero mostly.</summary>
    public static TimeSpan Exhausted(HttpResponseHeaders headers)
    {
        TimeSpan pause = TimeSpan.Zero;
        foreach (string what in (string[])["requests", "tokens"])
        {
            if (First(headers, $"x-ratelimit-remaining-{what}") is { } remaining && Number(remaining) is < 1
                && First(headers, $"x-ratelimit-reset-{what}") is { } reset && Duration(reset) is { } wait && wait > pause)
            {
                pause = wait;
            }
        }

        return pause < Longest ? pause : Longest;
    }

    /// <summary>A duration as these servers write it, such as <c>1s</c>, <c>6m0s</c>, <c>250ms</c>, or a plain number of seconds.</summary>
    internal static TimeSpan? Duration(string text)
    {
        if (Number(text) is { } plain)
        {
            return TimeSpan.FromSeconds(plain);
        }

        double seconds = 0;
        int at = 0;
        while (at < text.Length)
        {
            int digits = at;
            while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
            {
                digits++;
            }

            int unit = digits;
            while (unit < text.Length && char.IsAsciiLetter(text[unit]))
            {
                unit++;
            }

            double? scale = text[digits..unit] switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, "d" => 86400, _ => null };
            if (scale is null || Number(text[at..digits]) is not { } number)
            {
                return null;
            }

            seconds += number * scale.Value;
            at = unit;
        }

        return text.Length > 0 && seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static double? Number(string text)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number < 1e9 ? number : null;

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    private static string? First(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First().Trim() : null;
}
