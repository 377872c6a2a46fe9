using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Worker;

/// <summary>What the worker refuses or meets, MOPS3050 to MOPS3069: one method per situation. The engine knows no codes; they are given here.</summary>
internal static class WorkerErrors
{
    public static Diagnostic BadRequest(string detail, string? file = null, int line = 0) => Error(
        "MOPS3050", $"The worker's request is unusable: {Clean(detail)}. docs/worker-protocol.md says what it must hold.", file is null ? null : new SourceLocation(file, line));

    public static Diagnostic BadModel(SourceLocation at, string detail) => Error(
        "MOPS3051", $"The model cannot be loaded: {Clean(detail)}.", at);

    public static Diagnostic WrongAdapter(SourceLocation at, string detail) => Error(
        "MOPS3053", $"The adapter does not apply to this model: {Clean(detail)}.", at);

    public static Diagnostic BadRow(SourceLocation at, string detail) => Error(
        "MOPS3054", $"A row cannot be used: {Clean(detail)}.", at);

    public static Diagnostic NoMask(SourceLocation at, string detail) => Error(
        "MOPS3055", $"It cannot be shown which tokens of this row are the assistant's: {Clean(detail)}.", at);

    public static Diagnostic Diverged(string detail) => Error(
        "MOPS3056", $"Training diverged: {Clean(detail)}. Lower LearningRate, raise WarmupRatio, or look at the rows with the largest loss. Nothing of this run was kept but the last checkpoint.");

    public static Diagnostic FileSystem(string detail) => Error(
        "MOPS3057", $"The worker could not read or write a file: {Clean(detail)}");

    public static Diagnostic BadOptions(string detail) => Error(
        "MOPS3058", $"A hyper-parameter is out of range: {Clean(detail)}.");

    public static Diagnostic UnsupportedModel(SourceLocation at, string detail) => Error(
        "MOPS3059", $"The engine does not compute this model: {Clean(detail)}. Choose another base model, or a trainer that supports this one.", at);

    public static Diagnostic BadTokenizer(SourceLocation at, string detail) => Error(
        "MOPS3060", $"The model's tokenizer cannot be used: {Clean(detail)}.", at);

    public static Diagnostic BadTemplate(SourceLocation at, string detail) => Error(
        "MOPS3061", $"The model's chat template cannot be used: {Clean(detail)}.", at);

    public static Diagnostic RefusedConversation(SourceLocation at, string detail) => Error(
        "MOPS3062", $"The model's chat template refuses this conversation: {Clean(detail)}. Change the row, or choose a base model whose template allows it.", at);

    public static Diagnostic BadCheckpoint(SourceLocation at, string detail) => Error(
        "MOPS3063", $"The checkpoint cannot be continued from: {Clean(detail)}. Delete the checkpoint folder to start afresh.", at);

    public static Diagnostic MetricUnloadable(string path, Exception failure) => Error(
        "MOPS5310", $"The metric's assembly cannot be loaded: {Clean(failure.Message)} Build it for .NET 10 or earlier, and keep its dependencies beside it.", new SourceLocation(path));

    public static Diagnostic NoSuchMetric(string path, string? type, string metric, IReadOnlyList<string> found) => Error(
        "MOPS5311", $"The assembly has not exactly one public class{(type is null ? "" : $" '{Clean(type)}'")} with a constructor without parameters that implements IAnswerEvaluator and names the metric '{Clean(metric)}'. "
            + $"Found: {(found.Count == 0 ? "none" : Clean(string.Join(", ", found)))}. Name the class with Type=\"…\", and one of its EvaluationMetricNames with Name=\"…\".", new SourceLocation(path));

    public static Diagnostic MetricFailed(string metric, string row, Exception failure) => Error(
        "MOPS5312", $"The metric '{Clean(metric)}' failed on row {Clean(row)}: {failure.GetType().Name}: {Clean(failure.Message)} No verdict is given; a metric that cannot score an answer should say 0.");

    public static Diagnostic MetricWithoutScore(string metric, string row, double? said) => Error(
        "MOPS5313", $"The metric '{Clean(metric)}' gave row {Clean(row)} {(said is { } score ? $"the score {score:0.######}" : "no score")}; expected a number from 0 to 1 under that name.");

    public static Diagnostic OutOfMemory() => Error(
        "MOPS3064", "There is not enough memory. A smaller BatchSize or MaxSequenceLength needs less, and so does a smaller base model.");

    public static Diagnostic BadSchema(string detail) => Error(
        "MOPS3065", $"Answers cannot be constrained to this JSON Schema: {Clean(detail)}. docs/formats/json-schema-subset.md says what is supported.");

    // What the engine says can quote a model's files and a dataset's rows.
    private static string Clean(string detail) => ForeignText.Clean(detail, 600);
}
