using System.Text.Encodings.Web;
using System.Text.Json;

namespace ModelOps.SampleData;

/// <summary>One row: the user's message and the assistant's, in the file that it belongs to.</summary>
/// <param name="Set">The set.</param>
/// <param name="File">File name without folder and extension.</param>
/// <param name="User">What is asked.</param>
/// <param name="Assistant">The answer, compact JSON.</param>
/// <param name="Pattern">The hand-written sentence that states the matter, slots unfilled.</param>
public sealed record Row(DataSet Set, string File, string User, string Assistant, string Pattern)
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The row in OpenAI's chat shape, one line.</summary>
    public string ToJsonLine(string system)
    {
        object[] messages = [new { role = "system", content = system }, new { role = "user", content = User }, new { role = "assistant", content = Assistant }];
        return JsonSerializer.Serialize(new { messages }, s_json);
    }

    public static string Compact(object value) => JsonSerializer.Serialize(value, s_json);
}
