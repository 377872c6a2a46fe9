using ModelOps.Core.Advising;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Tests.Advising;

public sealed class LearningCurveTests
{
    [Fact]
    public void A_power_law_is_followed_exactly()
    {
        // error = 4 / sqrt(rows): 0.4, 0.2, 0.1 at 100, 400, 1600.
        LearningCurve curve = Curve((100, 600), (400, 800), (1600, 900));

        CurveForecast forecast = curve.At(6400);

        Assert.Equal(0.95, forecast.Value, 6);
        Assert.True(forecast.Interval.Contains(0.95));
        Assert.InRange(forecast.Interval.Width, 0.005, 0.05);
    }

    [Fact]
    public void Fewer_held_out_rows_say_less()
        => Assert.True(new LearningCurve([Point(100, 30, 50), Point(400, 40, 50)]).At(1600).Interval.Width > Curve((100, 600), (400, 800)).At(1600).Interval.Width);

    [Fact]
    public void A_curve_that_falls_or_stands_promises_nothing()
    {
        Assert.Equal(0.7, Curve((100, 800), (400, 750), (1600, 700)).At(6400).Value, 9);
        Assert.Equal(0.8, Curve((100, 800), (400, 800)).At(6400).Value, 9);
        Assert.Equal(1, Curve((100, 1000), (400, 1000)).At(6400).Value, 9);
    }

    [Fact]
    public void Money_is_paid_back_by_what_requests_cost_less()
    {
        // Four trainings of 1 and a hundred hours of 50; 3.80 saved on each of 500 thousands.
        var money = new TrainingEconomy("EUR") { PeopleSaid = true, Training = 1, TunedThousand = 0.2, UntunedThousand = 4, RequestsPerMonth = 500_000, DataHours = 100, HourRate = 50 };

        Assert.Equal(5004, money.Once, 9);
        Assert.Equal(5004 / 1900.0, money.PaybackMonths!.Value, 9);
        Assert.Equal(0, money.BreakEvenRequests);
        Assert.Equal(25_000, (money with { Hosting = 95 }).BreakEvenRequests!.Value, 6);
        Assert.Equal(double.PositiveInfinity, (money with { Hosting = 2000 }).PaybackMonths);
        Assert.Null((money with { TunedThousand = 5 }).BreakEvenRequests);
        Assert.Null((money with { RequestsPerMonth = null }).PaybackMonths);
        Assert.Null((money with { PeopleSaid = false }).PaybackMonths);
    }

    private static LearningCurve Curve(params (int Rows, int RightOfThousand)[] points) => new([.. points.Select(p => Point(p.Rows, p.RightOfThousand, 1000))]);

    private static CurvePoint Point(int rows, int right, int of) => new(rows, new RightWrongSample([.. Enumerable.Range(0, of).Select(i => i < right)]));
}
