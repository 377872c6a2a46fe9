using System.Globalization;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Trainers;

/// <summary>What can go wrong with trainers elsewhere: MOPS3100 to MOPS3159, and with limits of cost MOPS3190 and MOPS3191.</summary>
public static class TrainerErrors
{
    public static Diagnostic NoModel(string trainer, SourceLocation? at) => Diagnostic.Error("MOPS3100",
        $"Trainer is '{trainer}', and nothing says which of its models to tune. Set ProviderModel to the name that the provider has for it.", at);

    public static Diagnostic NotExpressible(string setting, string trainer, string otherwise, SourceLocation? at) => Diagnostic.Error("MOPS3101",
        $"{setting} is set, and '{trainer}' cannot be told it ({otherwise}). Remove it where this trainer is used; nothing is sent in a meaning that it does not have.", at);

    public static Diagnostic OutOfRange(string setting, string value, string trainer, string expected, SourceLocation? at) => Diagnostic.Error("MOPS3102",
        $"{setting} is '{ForeignText.Clean(value)}'; for '{trainer}' expected {expected}.", at);

    public static DiagnosticException NoKey(string trainer, string variable) => Error("MOPS3103",
        $"The key of '{trainer}' is read from the environment variable '{Clean(variable)}', which is not set. Set it in the environment of the build; it belongs into no file and no property.");

    public static DiagnosticException NoPrice(string trainer, string model, string file) => Error("MOPS3104",
        $"Nothing says what '{trainer}' charges for tuning '{Clean(model)}', so nobody can consent to it. Nothing was sent. "
        + $"Add an entry to {(file.Length > 0 ? $"'{file}'" : "a file of prices and name it in ModelOpsPrices")}: {{\"trainer\":\"{trainer}\",\"model\":\"{Clean(model)}\",\"training\":…,\"prompt\":…,\"completion\":…,\"date\":\"…\",\"source\":\"https://…\"}}, for a million tokens.");

    public static DiagnosticException BadPrices(string path, string why) => Error("MOPS3105",
        $"The price list cannot be used: {Clean(why)}. Expected a JSON list of objects with trainer, model, training, date and source.", new SourceLocation(path));

    public static DiagnosticException OverBudget(string trainer, TrainingEstimate estimate, decimal budget, string project) => Error("MOPS3106", string.Create(CultureInfo.InvariantCulture,
        $"Training at '{trainer}' is estimated to cost {estimate}, and ModelOpsBudget is {budget:0.####}. Nothing was sent. Set ModelOpsBudget to what this may cost, for example -p:ModelOpsBudget={Math.Ceiling(estimate.Amount * 100) / 100:0.00}."), new SourceLocation(project));

    public static DiagnosticException OverLimit(string trainer, TrainingEstimate estimate, decimal limit, string project) => Error("MOPS3191", string.Create(CultureInfo.InvariantCulture,
        $"Training at '{trainer}' is estimated to cost {estimate}, and ModelOpsMaxTrainingCost is {limit:0.####}. Nothing was sent. Train on fewer rows or epochs, or raise the limit on purpose."), new SourceLocation(project));

    public static Diagnostic StalePrice(TrainerPrice price, string path) => Diagnostic.Warning("MOPS3190", string.Create(CultureInfo.InvariantCulture,
        $"The price of '{Clean(price.Model)}' at '{Clean(price.Trainer)}' was looked up on {price.Date:yyyy-MM-dd}, more than {TrainerPrice.StaleAfterDays} days ago ({Clean(price.Source)}). Look again and renew the entry: estimates and limits stand on it."), new SourceLocation(path));

    public static DiagnosticException ProviderOverBudget(string trainer, decimal amount, decimal budget, string project) => Error("MOPS3107", string.Create(CultureInfo.InvariantCulture,
        $"'{trainer}' itself estimates {amount:0.00} USD, and ModelOpsBudget is {budget:0.####}. The rows were uploaded, no job was created. Raise ModelOpsBudget, and correct the price list."), new SourceLocation(project));

    /// <summary>Code of <see cref="Refused"/>.</summary>
    internal const string RefusedCode = "MOPS3108";

    public static DiagnosticException Refused(string trainer, string what, int status, string said) => Error(RefusedCode, string.Create(CultureInfo.InvariantCulture,
        $"'{trainer}' refuses {what} with status {status}: {Clean(said)} Asking again would not help: correct key, model or settings."));

    public static DiagnosticException NoQuota(string trainer, string said) => Error("MOPS3109",
        $"The account at '{trainer}' has no quota or credit left: {Clean(said)} Build again when it has.");

    /// <summary>Code of <see cref="GaveUp"/>.</summary>
    internal const string GaveUpCode = "MOPS3110";

    public static DiagnosticException GaveUp(string trainer, string what, string last) => Error(GaveUpCode,
        $"'{trainer}' did not answer {what}; the last attempt: {Clean(last)}. What was begun there goes on: build again to follow it.");

    public static DiagnosticException InDoubt(string trainer, string last) => Error("MOPS3111",
        $"A job was asked of '{trainer}' and its answer was lost ({Clean(last)}); the provider's list does not show one. Build again: the list is asked first, and a job is created only when it still shows none.");

    public static DiagnosticException JobFailed(string trainer, string job, string said) => Error("MOPS3112",
        $"The job '{Clean(job)}' at '{trainer}' failed: {Clean(said)} Correct what it names; the next build creates a new job.");

    public static DiagnosticException JobCancelled(string trainer, string job) => Error("MOPS3113",
        $"The job '{Clean(job)}' at '{trainer}' was cancelled there. The next build creates a new one.");

    public static DiagnosticException JobLost(string trainer, string job) => Error("MOPS3114",
        $"'{trainer}' does not know the job '{Clean(job)}' any more, and lists no other of this training. The next build creates a new one.");

    public static Diagnostic NotWaited(string trainer, string job, string status, string project) => Diagnostic.Warning("MOPS3115",
        $"The job '{Clean(job)}' at '{trainer}' is {Clean(status)}, and ModelOpsWait is false: there is no model yet, so nothing is evaluated. Build again to collect it.", new SourceLocation(project));

    public static Diagnostic Retires(string trainer, string model, DateOnly date, string project) => Diagnostic.Warning("MOPS3116", string.Create(CultureInfo.InvariantCulture,
        $"'{trainer}' shuts '{Clean(model)}' down on {date:yyyy-MM-dd}, and what is tuned from it with it. Choose a model that lives longer, or a trainer whose weights you keep."), new SourceLocation(project));

    public static Diagnostic WindsDown(string trainer, string said, string project) => Diagnostic.Warning("MOPS3117", $"'{trainer}': {said}", new SourceLocation(project));

    public static DiagnosticException UnknownStatus(string trainer, string job, string status) => Error("MOPS3118",
        $"The job '{Clean(job)}' at '{trainer}' has been '{Clean(status)}' for a day, a word that this version does not know. It goes on there: look at it, and build again to follow it.");

    public static DiagnosticException NoResult(string trainer, string job) => Error("MOPS3119",
        $"The job '{Clean(job)}' at '{trainer}' has succeeded, and the provider does not name the model that came of it. Build again to ask once more.");

    public static DiagnosticException BadDownload(string trainer, string job, string why) => Error("MOPS3120",
        $"What '{trainer}' sends as the weights of the job '{Clean(job)}' cannot be used: {Clean(why)}. Nothing of it was kept. Build again to download it once more.");

    public static DiagnosticException TooFewRows(string trainer, int rows, int least, string project) => Error("MOPS3121", string.Create(CultureInfo.InvariantCulture,
        $"'{trainer}' trains on {least} rows or more, and the project has {rows}. Add rows."), new SourceLocation(project));

    public static DiagnosticException RowNotTaken(string trainer, int row, string why, string project) => Error("MOPS3122", string.Create(CultureInfo.InvariantCulture,
        $"Row {row} of the training rows cannot be sent to '{trainer}': {why}. Change the row, or train elsewhere."), new SourceLocation(project));

    public static Diagnostic NeedsFolder(string trainer, SourceLocation? at) => Diagnostic.Error("MOPS3123",
        $"'{trainer}' gives the adapter back, and it is evaluated and packed on the model it belongs to: set BaseModel to the folder with the same weights that the provider tunes.", at);

    public static DiagnosticException NoDecompressor(string trainer, string job) => Error("MOPS3124",
        $"The weights of the job '{Clean(job)}' at '{trainer}' come compressed with zstd, which .NET cannot read and no program 'zstd' on the PATH could. Install zstd and build again; the job is not repeated.");

    public static Diagnostic MethodNotOffered(string method, string trainer, IEnumerable<string> offered, SourceLocation? at) => Diagnostic.Error("MOPS3125",
        $"FineTuneMethod is '{method}'; '{trainer}' can do {string.Join(", ", offered)}.", at);

    public static Diagnostic NeedsUrl(string trainer, Uri form, SourceLocation? at) => Diagnostic.Error("MOPS3126",
        $"Every account of '{trainer}' has an address of its own, and the project does not say it. Set ModelOpsProviderUrl, as in {form.AbsoluteUri}.", at);

    public static DiagnosticException NotImported(string trainer, string said) => Error("MOPS3130",
        $"'{trainer}' cannot use the uploaded rows: {Clean(said)}. Nothing was trained. Correct what it names, or build again to upload them once more.");

    public static DiagnosticException BadVariable(string variable, string expected) => Error("MOPS3131",
        $"The environment variable '{variable}' has a value that cannot be used (it is not repeated here); expected {expected}.");

    private static string Clean(string text) => ForeignText.Clean(text, 300);

    private static DiagnosticException Error(string code, string message, SourceLocation? at = null) => new(Diagnostic.Error(code, message, at));
}
