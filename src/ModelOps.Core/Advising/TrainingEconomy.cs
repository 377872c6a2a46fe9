namespace ModelOps.Core.Advising;

/// <summary>What tuning costs, and what it saves over the best that needs none. Amounts are in <see cref="Currency"/>; null: nobody knows.</summary>
public sealed record TrainingEconomy(string Currency)
{
    /// <summary>The field's experience: three to five trainings until one is good.</summary>
    public const int DefaultIterations = 4;

    /// <summary>One training.</summary>
    public double? Training { get; init; }

    /// <summary>Tokens of one training; null where nobody counted.</summary>
    public long? TrainingTokens { get; init; }

    /// <summary>The tokens were counted by the base model's own tokenizer; else estimated from above.</summary>
    public bool TokensAreExact { get; init; }

    /// <summary>One evaluation of everybody who charges.</summary>
    public double? Evaluation { get; init; }

    public int Iterations { get; init; } = DefaultIterations;

    /// <summary>Somebody declared hours, hosting and maintenance, if only as none: without, nothing is said of payback.</summary>
    public bool PeopleSaid { get; init; }

    /// <summary>Hours of people for making and reviewing rows.</summary>
    public double DataHours { get; init; }

    /// <summary>Hours of people a month for keeping rows and model up to date.</summary>
    public double MaintenanceHours { get; init; }

    public double HourRate { get; init; }

    /// <summary>Of the tuned model, per month.</summary>
    public double Hosting { get; init; }

    public double? RequestsPerMonth { get; init; }

    /// <summary>A thousand requests to the tuned model.</summary>
    public double? TunedThousand { get; init; }

    /// <summary>A thousand requests to the best that needs no tuning.</summary>
    public double? UntunedThousand { get; init; }

    /// <summary>All trainings, evaluations and hours until the first release.</summary>
    public double Once => (Iterations * ((Training ?? 0) + (Evaluation ?? 0))) + (DataHours * HourRate);

    /// <summary>What stays to be paid every month, requests aside.</summary>
    public double Monthly => Hosting + (MaintenanceHours * HourRate);

    /// <summary>What a thousand requests cost less; negative where they cost more.</summary>
    public double? SavingThousand => UntunedThousand - TunedThousand;

    /// <summary>Requests a month from which the savings cover what is to be paid every month; null where nothing is saved.</summary>
    public double? BreakEvenRequests => SavingThousand is > 0 ? Monthly / SavingThousand * 1000 : null;

    /// <summary>Months until the savings have paid for everything; infinite where they never do, null where the volume or a price is unknown.</summary>
    public double? PaybackMonths => !PeopleSaid ? null : (RequestsPerMonth / 1000 * SavingThousand) - Monthly is not { } gain ? null : gain > 0 ? Once / gain : double.PositiveInfinity;
}
