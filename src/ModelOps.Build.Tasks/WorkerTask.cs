using System.Globalization;
using Microsoft.Build.Framework;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Sharing;
using ModelOps.Pipeline.Workers;
using WorkerRequest = ModelOps.Core.Protocol.WorkerRequest;

namespace ModelOps.Build.Tasks;

/// <summary>A stage that may start a worker.</summary>
public abstract class WorkerTask : ReceiptTask
{
    [Required]
    public string StoreRoot { get; set; } = "";

    /// <summary>The store is collected down to this size when a stage has written to it.</summary>
    public string StoreSize { get; set; } = "";

    [Required]
    public string WorkerPath { get; set; } = "";

    /// <summary>The <c>dotnet</c> that runs a worker which is an assembly.</summary>
    public string DotnetHost { get; set; } = "";

    /// <summary>0: all cores. It changes no result, so it is no <c>ModelOpsSetting</c>.</summary>
    public string Threads { get; set; } = "";

    /// <summary>A feed that results are shared through; like all properties of the cache it changes no result, so it is no <c>ModelOpsSetting</c>.</summary>
    public string CacheSource { get; set; } = "";

    public string CachePush { get; set; } = "";

    public string CacheSigningKey { get; set; } = "";

    public string CacheTrustedKeys { get; set; } = "";

    public string CacheApiKey { get; set; } = "";

    /// <summary>Seconds that a feed may be silent.</summary>
    public string CacheTimeout { get; set; } = "20";

    internal Func<WorkerRequest, WorkerRun>? InProcess { get; set; }

    private protected WorkerHost Worker(ProjectInputs inputs) => new(
        Path.GetFullPath(WorkerPath, inputs.ProjectDirectory), DotnetHost.Length > 0 ? DotnetHost : "dotnet", Files.Work,
        Count(Threads, Names.ModelOpsThreads, "a whole number, 0 (all cores) or more", inputs)) { InProcess = InProcess, Environment = TorchInstallation.EnvironmentOf(inputs) };

    private protected string Store(ProjectInputs inputs) => Path.GetFullPath(StoreRoot, inputs.ProjectDirectory);

    private protected long StoreBound => Core.Artifacts.StoreSize.Parse(StoreSize) ?? throw new Core.Diagnostics.DiagnosticException(Core.Artifacts.StoreErrors.InvalidSize(StoreSize));

    private protected SharedCache? Cache(ProjectInputs inputs)
    {
        var options = new CacheOptions(
            CacheSource.Trim(), PropertyNames.IsTrue(CachePush), CacheSigningKey, CacheTrustedKeys, CacheApiKey, BuildFeed.Timeout(CacheTimeout, inputs));
        return BuildFeed.Open(BuildEngine, options, inputs, StageLog);
    }

    internal static int Count(string value, string property, string expected, ProjectInputs inputs, int least = 0)
        => int.TryParse(value, out int count) && count >= least ? count
            : throw Invalid(property, value, expected, inputs);

    /// <summary>What endpoints may charge.</summary>
    internal static decimal BudgetOf(string value, ProjectInputs inputs)
        => decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal budget) ? budget
            : throw Invalid(Names.ModelOpsBudget, value, "an amount, 0 or more, such as 2.50", inputs);

    /// <summary>Null where the property is empty.</summary>
    internal static decimal? LimitOf(string property, string value, ProjectInputs inputs)
        => value.Length == 0 ? null : decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal limit) ? limit
            : throw Invalid(property, value, "an amount, 0 or more, such as 2.50, or nothing", inputs);

    private protected static Core.Diagnostics.DiagnosticException Invalid(string property, string value, string expected, ProjectInputs inputs)
        => new(ConfigurationErrors.InvalidValue(property, value, expected, ProjectXml.Load(inputs).PropertyLocation(property)));
}
