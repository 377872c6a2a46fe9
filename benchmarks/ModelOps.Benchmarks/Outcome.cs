using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelOps.Benchmarks;

/// <summary>What <c>bench</c> prints, one JSON line per measure.</summary>
internal sealed record Outcome(string Name, double Ours, double Peer, string Unit, double Ratio, string Op, double Bound, int Pairs, double[] Ci95, bool Pass)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.Strict,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public string ToLine() => JsonSerializer.Serialize(this, s_json);
}
