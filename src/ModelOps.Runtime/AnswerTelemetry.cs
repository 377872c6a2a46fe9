using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using ModelOps.Core.Diagnostics;
using ModelOps.Engine.Generation;

namespace ModelOps.Runtime;

/// <summary>One answer as OpenTelemetry sees it, under the semantic conventions for generative AI: an activity, its duration, its tokens. No text of
/// question or answer is ever recorded.</summary>
internal sealed class AnswerTelemetry : IDisposable
{
    private static readonly ActivitySource s_activities = new(ModelTelemetry.Name);
    private static readonly Meter s_meter = new(ModelTelemetry.Name);
    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram("gen_ai.client.operation.duration", "s", "Duration of an answer", advice: Buckets(0.01, 14));
    private static readonly Histogram<long> s_tokens = s_meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens of question and answer",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536] });
    private static readonly Histogram<double> s_firstToken = s_meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "From the question to its first token", advice: Buckets(0.001, 14));
    private static readonly Histogram<double> s_perToken = s_meter.CreateHistogram("gen_ai.server.time_per_output_token", "s", "Per token after the first", advice: Buckets(0.001, 12));

    private readonly Activity? _activity;
    private readonly PackageFolder _package;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _first;
    private string? _error;
    private (int PromptTokens, int Tokens, bool IsComplete)? _answer;

    private AnswerTelemetry(PackageFolder package, Activity? activity)
    {
        _package = package;
        _activity = activity;
    }

    public static AnswerTelemetry Start(PackageFolder package, ModelQuestion question, bool streams)
    {
        Activity? activity = s_activities.StartActivity($"chat {package.Manifest.Id}", ActivityKind.Internal);
        if (activity is { IsAllDataRequested: true })
        {
            foreach ((string key, object? value) in Tags(package))
            {
                activity.SetTag(key, value);
            }

            activity.SetTag("gen_ai.request.max_tokens", question.MaxTokens).SetTag("gen_ai.request.temperature", question.Temperature)
                .SetTag("gen_ai.request.top_p", question.TopP).SetTag("gen_ai.request.top_k", question.TopK)
                .SetTag("gen_ai.request.seed", question.Seed is { } seed ? (long)seed : null).SetTag("gen_ai.request.stop_sequences", question.Stop)
                .SetTag("gen_ai.output.type", question.Format is AnswerFormat.JsonObject or AnswerFormat.JsonSchema ? "json" : "text")
                .SetTag("gen_ai.request.stream", streams ? true : null)
                .SetTag("modelops.adapter.digest", package.AdapterDigest).SetTag("modelops.base.digest", package.Manifest.BaseDigest);
        }

        return new AnswerTelemetry(package, activity);
    }

    /// <summary>Notes when the first token comes, if anybody listens.</summary>
    public Action<GenerationStep>? Watch(Action<GenerationStep>? onStep)
    {
        if (!s_firstToken.Enabled && !s_perToken.Enabled)
        {
            return onStep;
        }

        return step =>
        {
            _first = _first == 0 ? Stopwatch.GetTimestamp() : _first;
            onStep?.Invoke(step);
        };
    }

    /// <summary>Notes that the first token has come, where nobody else watches.</summary>
    public void FirstToken() => _first = _first == 0 ? Stopwatch.GetTimestamp() : _first;

    public void Done(int promptTokens, int tokens, bool isComplete) => _answer = (promptTokens, tokens, isComplete);

    /// <summary>Notes the failure and gives it back.</summary>
    [return: NotNull]
    public T Failed<T>([NotNull] T failure)
        where T : Exception
    {
        _error = (failure as DiagnosticException)?.Diagnostic.Code ?? failure.GetType().FullName;
        return failure;
    }

    public void Dispose()
    {
        var tags = new TagList([.. Tags(_package)]);
        if (_error is not null)
        {
            tags.Add("error.type", _error);
            _activity?.SetTag("error.type", _error).SetStatus(ActivityStatusCode.Error);
        }

        s_duration.Record(Stopwatch.GetElapsedTime(_started).TotalSeconds, tags);
        if (_answer is { } answer)
        {
            Record(answer.PromptTokens, answer.Tokens, answer.IsComplete, tags);
        }

        _activity?.Dispose();
    }

    private void Record(int asked, int said, bool isComplete, TagList tags)
    {
        _activity?.SetTag("gen_ai.usage.input_tokens", asked).SetTag("gen_ai.usage.output_tokens", said)
            .SetTag("gen_ai.response.finish_reasons", new[] { isComplete ? "stop" : "length" });
        s_tokens.Record(asked, new TagList([.. tags, new("gen_ai.token.type", "input")]));
        s_tokens.Record(said, new TagList([.. tags, new("gen_ai.token.type", "output")]));
        if (_first == 0)
        {
            return;
        }

        s_firstToken.Record(Stopwatch.GetElapsedTime(_started, _first).TotalSeconds, tags);
        if (said > 1)
        {
            s_perToken.Record(Stopwatch.GetElapsedTime(_first).TotalSeconds / (said - 1), tags);
        }
    }

    private static IEnumerable<KeyValuePair<string, object?>> Tags(PackageFolder package) =>
    [
        new("gen_ai.operation.name", "chat"),
        new("gen_ai.provider.name", package.Manifest.Pointer?.Provider ?? ModelTelemetry.Provider),
        new("gen_ai.request.model", package.Manifest.Id),
        new("gen_ai.response.model", $"{package.Manifest.Id}@{package.Manifest.Version}"),
        new("modelops.package.id", package.Manifest.Id),
        new("modelops.package.version", package.Manifest.Version),
    ];

    private static InstrumentAdvice<double> Buckets(double first, int count)
        => new() { HistogramBucketBoundaries = [.. Enumerable.Range(0, count).Select(i => first * Math.ScaleB(1, i))] };
}
