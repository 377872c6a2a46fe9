using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ModelOps.Backends.Trainers;

/// <summary>The training rows as a trainer elsewhere reads them: JSON Lines (<see cref="TrainerDescription.WriteRow"/>).</summary>
/// <param name="Content">UTF-8 without a byte order mark, a line per row, in canonical order: the same rows are the same bytes.</param>
/// <param name="Tokens">Of all rows once, from above: no tokenizer of a provider's is at hand.</param>
public sealed record TrainingRows(byte[] Content, long Tokens)
{
    /// <summary>Of the usual vocabularies few texts need more tokens than a third of their bytes.</summary>
    public const int BytesPerToken = 3;

    private const int TokensPerMessage = 8;

    private static readonly JsonWriterOptions s_writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="path">A row file of a build.</param>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3121</c>, <c>MOPS3122</c>: too few rows, or one that the trainer does not take.</exception>
    public static TrainingRows Read(string path, TrainerDescription trainer, string project)
    {
        using var content = new MemoryStream();
        int rows = 0;
        long tokens = 0;
        foreach (string line in File.ReadLines(path))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            if (Problem(row.RootElement, trainer) is { } problem)
            {
                throw TrainerErrors.RowNotTaken(trainer.Name, rows + 1, problem, project);
            }

            tokens += Count(row.RootElement);
            using (var json = new Utf8JsonWriter(content, s_writer))
            {
                trainer.WriteRow(json, row.RootElement);
            }

            content.WriteByte((byte)'\n');
            rows++;
        }

        return rows >= trainer.MinimumRows ? new TrainingRows(content.ToArray(), tokens) : throw TrainerErrors.TooFewRows(trainer.Name, rows, trainer.MinimumRows, project);
    }

    private static string? Problem(JsonElement row, TrainerDescription trainer)
        => row.Member("chosen") is not null && (row.List("chosen").Count() != 1 || row.List("rejected").Count() != 1) ? "its answers must be one message each"
            : trainer.RowProblem(row) ?? trainer.CheckRow([.. row.List(row.Member("chosen") is null ? "messages" : "prompt").Select(m => m.Text("role") ?? "")]);

    private static long Count(JsonElement row)
        => (row.Member("chosen") is null ? row.List("messages") : row.List("prompt").Concat(row.List("chosen")).Concat(row.List("rejected")))
            .Sum(message => (Encoding.UTF8.GetByteCount(message.Text("content") ?? "") / BytesPerToken) + 1L + TokensPerMessage);
}
