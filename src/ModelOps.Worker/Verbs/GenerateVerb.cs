using System.Diagnostics;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;

namespace ModelOps.Worker.Verbs;

/// <summary>Answers prompts; one line for each prompt and repeat, in the order of the prompts.</summary>
internal static class GenerateVerb
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(250);

    public static ResultEvent Run(GenerateRequest request, IComputation computation, EventWriter events, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var lines = LineFile.Read<PromptLine>(request.Input);
        using var model = ChatModel.Open(request.Model, request.Adapter, TrainSettings.Quantization("quantization", request.Quantization, computation));
        using var adapters = AdapterTable.Load(request, model);
        var prompts = Conversations.Map(lines, request.Threads, model.EncodePrompt, cancellation);
        // Greedy answers do not differ: one is enough for all repeats.
        int repeats = Math.Max(1, request.Decoding.Repeats), different = request.Decoding.Temperature == 0 ? 1 : repeats;
        var asked = prompts.SelectMany((p, i) => Enumerable.Range(0, different).Select(r =>
            new GenerationPrompt(p, GenerationPrompt.StreamOf(lines[i].Value.Id, r)) { Adapter = adapters.IndexOf(lines[i]) })).ToList();
        var progress = new Progress(events, asked.Count);
        var rows = Answer(() => computation.Generate(model.Model, adapters.All, request.Threads, asked, Options(request.Decoding, model), progress.Done, cancellation), lines, different);
        LineFile.Write(request.Output, lines.SelectMany((line, i) => Enumerable.Range(0, repeats).Select(r =>
            Line(line.Value.Id, r, prompts[i].Length, rows[(i * different) + Math.Min(r, different - 1)], request.Decoding, model))));
        return new ResultEvent
        {
            Rows = lines.Count,
            Tokens = rows.Sum(r => (long)r.Tokens.Count),
            Seconds = clock.Elapsed.TotalSeconds,
            Architecture = model.Model.Config.ModelType,
        };
    }

    private static IReadOnlyList<GeneratedRow> Answer(Func<IReadOnlyList<GeneratedRow>> generate, List<Numbered<PromptLine>> lines, int different)
    {
        try
        {
            return generate();
        }
        catch (GenerationException e)
        {
            throw new DiagnosticException(WorkerErrors.BadRow(lines[e.Row / different].At, e.Message), e);
        }
        catch (ArgumentException e)
        {
            throw new DiagnosticException(WorkerErrors.BadOptions(e.Message), e);
        }
    }

    private static GenerationOptions Options(DecodingOptions decoding, ChatModel model) => model.Complete(new GenerationOptions
    {
        MaxNewTokens = decoding.MaxNewTokens,
        Temperature = decoding.Temperature,
        TopK = decoding.TopK,
        TopP = decoding.TopP,
        RepetitionPenalty = decoding.RepetitionPenalty,
        Seed = decoding.Seed,
        StopStrings = decoding.Stop,
        TopLogProbabilities = decoding.TopLogProbabilities,
        Constraint = decoding.JsonSchema is { } schema ? model.Constrain(schema.GetRawText()) : null,
    });

    private static AnswerLine Line(string id, int repeat, int promptTokens, GeneratedRow row, DecodingOptions decoding, ChatModel model) => new(
        id, repeat, row.Text ?? "", promptTokens, row.Tokens.Count, row.Reason == StopReason.Length ? "length" : "stop",
        Math.Round(row.Elapsed.TotalMilliseconds, 3))
    {
        Tokens = decoding.LogProbabilities || decoding.TopLogProbabilities > 0 ? [.. row.Tokens.Select((_, i) => Token(row, i, model))] : null,
    };

    private static AnswerToken Token(GeneratedRow row, int at, ChatModel model)
    {
        AnswerToken Of(int id, float logProbability) => new(id, model.Tokenizer.TokenOf(id) ?? "", logProbability);
        return Of(row.Tokens[at], row.LogProbabilities[at]) with
        {
            Top = row.TopLogProbabilities.Count > 0 ? [.. row.TopLogProbabilities[at].Select(t => Of(t.Token, t.LogProbability))] : null,
        };
    }

    private sealed class Progress(EventWriter events, int total)
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private long _last;
        private int _rows;
        private long _tokens;

        public void Done(int index, GeneratedRow row)
        {
            _rows++;
            _tokens += row.Tokens.Count;
            if (_rows < total && _last != 0 && Stopwatch.GetElapsedTime(_last) < s_progressInterval)
                return;
            _last = Stopwatch.GetTimestamp();
            double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
            events.Write(new ProgressEvent
            {
                Step = _rows,
                Steps = total,
                RowsPerSecond = _rows / seconds,
                TokensPerSecond = _tokens / seconds,
                EtaSeconds = seconds / _rows * (total - _rows),
            });
        }
    }
}
