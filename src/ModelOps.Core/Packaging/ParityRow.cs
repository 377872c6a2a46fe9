using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Packaging;

/// <summary>A held-out row and the answer that the evaluated model gave to it: whoever runs the package gets the same one, or runs something else
/// (format: <c>docs/formats/parity.md</c>).</summary>
/// <param name="Id">Identity of the question; decides what a sampled answer draws.</param>
/// <param name="Messages">The conversation as it was put to the model.</param>
/// <param name="Answer">Under the manifest's decoding.</param>
/// <param name="Finish"><c>stop</c> or <c>length</c>.</param>
public sealed record ParityRow(string Id, IReadOnlyList<PromptMessage> Messages, string Answer, string Finish)
{
    /// <summary>Beside the manifest, whose digests cover it.</summary>
    public const string FileName = "parity.jsonl";

    /// <summary>Enough to see a wrong base, template, adapter or engine; few enough to ask at every start.</summary>
    public const int Count = 4;

    private static readonly JsonSerializerOptions s_json = CreateJson();

    /// <summary>The rows whose conversation and answer are the shortest, in the order of the evaluation.</summary>
    /// <param name="questions">The conversation of each row, by the row's digest; a report holds only its last message.</param>
    /// <param name="identify">The identity under which the evaluation asked a conversation.</param>
    public static IReadOnlyList<ParityRow> Choose(
        EvaluationReport report, IReadOnlyDictionary<string, IReadOnlyList<PromptMessage>> questions, Func<IReadOnlyList<PromptMessage>, string> identify)
        => [.. report.Items.Zip(report.Candidate.Run.Answers).Index()
            .Where(row => questions.ContainsKey(row.Item.First.Id))
            .Select(row => (row.Index, Messages: questions[row.Item.First.Id], Answer: row.Item.Second))
            .OrderBy(row => row.Messages.Sum(m => m.Content.Length) + row.Answer.Text.Length).ThenBy(row => row.Index).Take(Count)
            .OrderBy(row => row.Index)
            .Select(row => new ParityRow(identify(row.Messages), row.Messages, row.Answer.Raw ?? row.Answer.Text, row.Answer.Finish))];

    public static byte[] ToBytes(IEnumerable<ParityRow> rows)
        => [.. rows.SelectMany(row => JsonSerializer.SerializeToUtf8Bytes(row, s_json).Append((byte)'\n'))];

    /// <summary>Those of a package; none where it has no such file.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS7001</c>: the file cannot be read.</exception>
    public static IReadOnlyList<ParityRow> Read(string folder, string package)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return !File.Exists(path) ? []
                : [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<ParityRow>(line, s_json) ?? throw new JsonException("a line holds null"))];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ConsumeErrors.DamagedFile(package, path, ForeignText.Clean(e.Message, 200)), e);
        }
    }

    private static JsonSerializerOptions CreateJson()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
