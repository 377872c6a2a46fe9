using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ModelOps.Core.Advising;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Advising;

/// <summary>Money that only people know of; amounts in <see cref="Currency"/>.</summary>
public sealed record AdviseMoney
{
    public string Currency { get; init; } = "USD";

    /// <summary>Trainings until one is good.</summary>
    public int Iterations { get; init; } = TrainingEconomy.DefaultIterations;

    /// <summary>Hours of people for making and reviewing rows.</summary>
    public double DataHours { get; init; }

    /// <summary>Hours of people a month for keeping rows and model up to date.</summary>
    public double MaintenanceHoursPerMonth { get; init; }

    public double HourRate { get; init; }

    /// <summary>Of the tuned model where no entry of <c>prices.json</c> says it.</summary>
    public double HostingPerMonth { get; init; }

    /// <summary>An hour of the machine that trains, where no provider does.</summary>
    public double TrainingHour { get; init; }
}

/// <summary><c>advise.json</c> beside the project, or the file of <c>ModelOpsAdvise</c>: what only people know, and other thresholds. Properties count more.</summary>
public sealed record AdviseFile
{
    public const string FileName = "advise.json";

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true,
        ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    public bool? MustCite { get; init; }

    public double? LatencyLimit { get; init; }

    public double? RequestsPerMonth { get; init; }

    public bool? OwnWeights { get; init; }

    public AnswerKnowledge? Knowledge { get; init; }

    public AdviceThresholds Thresholds { get; init; } = new();

    public AdviseMoney? Money { get; init; }

    /// <summary>An empty one where there is no file.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS9020</c>.</exception>
    public static AdviseFile Read(string path)
    {
        if (!File.Exists(path))
        {
            return new AdviseFile();
        }

        try
        {
            AdviseFile file = JsonSerializer.Deserialize<AdviseFile>(File.ReadAllBytes(path), s_json) ?? throw new JsonException("It is no object.");
            return file.Problem() is { } problem ? throw new JsonException(problem) : file;
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            throw AdviseErrors.BadFile(path, failure.Message);
        }
    }

    /// <summary>What file and properties say together.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS9021</c>: a property has no such value.</exception>
    public AdviceFacts FactsOf(ProjectInputs inputs) => new()
    {
        MustCite = Flag(inputs, Names.ModelOpsMustCite) ?? MustCite,
        LatencyLimit = Number(inputs, Names.ModelOpsLatencyLimit, "milliseconds, above 0") ?? LatencyLimit,
        RequestsPerMonth = Number(inputs, Names.ModelOpsRequestsPerMonth, "a number above 0") ?? RequestsPerMonth,
        OwnWeights = Flag(inputs, Names.ModelOpsOwnWeights) ?? OwnWeights,
        Knowledge = Knowledge,
    };

    private string? Problem()
    {
        double[] amounts = [LatencyLimit ?? 1, RequestsPerMonth ?? 1, Money?.DataHours ?? 0, Money?.MaintenanceHoursPerMonth ?? 0, Money?.HourRate ?? 0, Money?.HostingPerMonth ?? 0, Money?.TrainingHour ?? 0,
            Thresholds.MinimumGain, Thresholds.LittleRows, Thresholds.LittleHeldOutRows, Thresholds.GapClosed, Thresholds.ReplacedPerMonth, Thresholds.LeastHistoryDays, Thresholds.Forgetting, Thresholds.Novelty,
            Thresholds.KnownLoss, Thresholds.ForeignLoss, Thresholds.PaybackMonths];
        return amounts.Any(a => a < 0 || !double.IsFinite(a)) ? "A number is below 0." : LatencyLimit is 0 || RequestsPerMonth is 0 ? "A limit or a volume is 0."
            : Money is { Iterations: < 1 } ? "'iterations' is below 1." : Thresholds.MoreRows <= 1 ? "'moreRows' is not above 1." : null;
    }

    private static bool? Flag(ProjectInputs inputs, string name) => inputs.Setting(name).ToUpperInvariant() switch
    {
        "" => null,
        "TRUE" => true,
        "FALSE" => false,
        _ => throw AdviseErrors.BadProperty(name, inputs.Setting(name), "true or false", inputs.ProjectFile),
    };

    private static double? Number(ProjectInputs inputs, string name, string expected)
        => inputs.Setting(name) is not { Length: > 0 } text ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value) ? value
            : throw AdviseErrors.BadProperty(name, text, expected, inputs.ProjectFile);
}
